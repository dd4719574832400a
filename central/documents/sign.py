"""The unit's electronic seal on a PDF: a certifying signature that shows the round seal and forbids every later change."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import layout
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.stamp import StaticStampStyle

from central.documents.pdf import Rendered, seal_pdf
from central.documents.seals import Certificate, SealUnusable

FIELD = "Seal"
_FILLING = layout.SimpleBoxLayoutRule(
    x_align=layout.AxisAlignment.ALIGN_MID,
    y_align=layout.AxisAlignment.ALIGN_MID,
    margins=layout.Margins.uniform(0),
    inner_content_scaling=layout.InnerScaling.STRETCH_TO_FIT,
)


def sign(rendered: Rendered, seal: Certificate, seal_name: str, at: datetime) -> bytes:
    """The signed PDF; `at` is the time the signature claims.

    Raises:
        SealUnusable: the certificate is not valid at `at`, or the pages have no place for a seal.
    """
    if rendered.seal is None:
        raise SealUnusable("this kind of document bears no seal")
    if not seal.valid(at):
        raise SealUnusable("the certificate of the seal is not valid now")
    left, bottom, right, top = (round(edge) for edge in rendered.seal.box)
    signer = _PdfSigner(
        at,
        signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            name=seal.subject,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
            subfilter=fields.SigSeedSubFilter.PADES,
        ),
        signer=signers.SimpleSigner.load_pkcs12_data(seal.p12, other_certs=[]),
        stamp_style=StaticStampStyle(
            border_width=0, background=_Look(seal_pdf(seal_name)), background_layout=_FILLING, background_opacity=1.0
        ),
        new_field_spec=fields.SigFieldSpec(FIELD, on_page=rendered.seal.page, box=(left, bottom, right, top)),
    )
    return bytes(signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(rendered.pdf))).getbuffer())


class _Look(PdfContent):  # type: ignore[misc]
    """The first page of a PDF as what the signature shows. (pyHanko's own class reads it from a file.)"""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self._page = page

    def render(self) -> bytes:
        """Take the page over into the document."""
        form = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._page)))
        self.resources.xobject["/Seal"] = form
        left, bottom, right, top = form.get_object()["/BBox"]
        self.box = layout.BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return b"/Seal Do"


class _PdfSigner(signers.PdfSigner):  # type: ignore[misc]
    """Claims the time it is told, as everything in the centre does."""

    def __init__(self, at: datetime, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._at = at

    def init_signing_session(self, *arguments: Any, **more: Any) -> PdfSigningSession:
        """As ever, but with the time."""
        session = super().init_signing_session(*arguments, **more)
        session.system_time = self._at
        return session
