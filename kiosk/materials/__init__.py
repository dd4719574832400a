"""From what the camera sees to the page that is submitted: locate, rectify, judge, encode.

Import the functions from `kiosk.materials.capture` (`process`, `preview`) and `kiosk.materials.files`; the types,
which need no OpenCV, from `kiosk.materials.pages`.
"""
