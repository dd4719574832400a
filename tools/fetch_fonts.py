"""Produce `assets/fonts/` from the published font package, byte for byte the same each time.

    python tools/fetch_fonts.py

Needs `npm` (only to download) and fontTools. Regular is kept whole, because it is also the first fallback for rare
characters; Medium and Bold, which set headings and buttons, are cut down to the characters of GB/T 2312 with ASCII,
punctuation and the symbols in use. What each font covers is written as ranges, so no font is opened to ask.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

PACKAGE = "@expo-google-fonts/noto-sans-sc"
VERSION = "0.4.3"
INTEGRITY = "sha512-9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ=="
"""As the npm registry publishes it for this version."""

FILES = {
    "400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
    "500Medium/NotoSansSC_500Medium.ttf": "NotoSansSC-Medium.ttf",
    "700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf",
}
WHOLE = {"NotoSansSC-Regular.ttf"}
HANAZONO = Path("/usr/share/fonts/truetype/hanazono")
"""Debian package fonts-hanazono: used where it is installed, not copied."""
RARE = ("HanaMinA.ttf", "HanaMinB.ttf")
COVERAGE = "coverage.txt"

TARGET = Path(__file__).resolve().parent.parent / "assets" / "fonts"


def characters() -> set[int]:
    """Return the code points kept in Medium and Bold."""
    kept = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))
    for high in range(0xA1, 0xF8):  # GB/T 2312 rows 1 to 87
        for low in range(0xA1, 0xFF):
            kept.update(ord(c) for c in bytes((high, low)).decode("gb2312", "ignore"))
    kept.update(range(0x2010, 0x2030))  # dashes, quotation marks, ellipsis, bullet
    kept.update(range(0x3000, 0x3018))
    kept.update(range(0xFF01, 0xFF5F))
    kept.update(map(ord, "€™←↑→↓✓✕×÷±≥≤≈〇·•‰"))
    return kept


def download(folder: Path) -> Path:
    """Fetch the package archive and check its digest."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to download the font package.")
    subprocess.run([npm, "pack", f"{PACKAGE}@{VERSION}", "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        sys.exit(f"{archive.name} has digest {digest}, expected {INTEGRITY}.")
    return archive


def cut(source: Path, target: Path) -> None:
    """Write `source` reduced to the characters in use."""
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True, recalc_timestamp=False)
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    subset.save_font(font, str(target), options)


def ranges(font: Path) -> str:
    """Return what the font covers as `first-last` in hexadecimal, separated by blanks."""
    points = sorted(TTFont(font, lazy=True).getBestCmap())
    spans: list[list[int]] = []
    for point in points:
        if spans and point == spans[-1][1] + 1:
            spans[-1][1] = point
        else:
            spans.append([point, point])
    return " ".join(f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in spans)


def main() -> None:
    """Download, cut, and write the coverage."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(download(folder)) as archive:
            archive.extractall(folder, filter="data")
        package = folder / "package"
        for inside, outside in FILES.items():
            if outside in WHOLE:
                shutil.copyfile(package / inside, TARGET / outside)
            else:
                cut(package / inside, TARGET / outside)
        shutil.copyfile(package / "LICENSE_FONT", TARGET / "OFL.txt")
    lines = [f"{font}: {ranges(TARGET / font)}" for font in FILES.values()]
    lines += [f"{font}: {ranges(HANAZONO / font)}" for font in RARE if (HANAZONO / font).exists()]
    if len(lines) != len(FILES) + len(RARE):
        sys.exit(f"Install fonts-hanazono: {COVERAGE} must list {', '.join(RARE)}.")
    (TARGET / COVERAGE).write_text("\n".join(lines) + "\n")
    for file in sorted(TARGET.iterdir()):
        print(f"{file.stat().st_size:>10,}  {hashlib.sha256(file.read_bytes()).hexdigest()[:16]}  {file.name}")


if __name__ == "__main__":
    main()
