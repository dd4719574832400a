"""From what the camera sees to the page that is submitted: locate, rectify, judge, enhance, encode, assemble, read.

Import the functions from `kiosk.materials.capture` (`process`, `preview`), `kiosk.materials.files`,
`kiosk.materials.assemble` and `kiosk.materials.reading`; the types, which need no OpenCV, from `kiosk.materials.pages`.
"""
