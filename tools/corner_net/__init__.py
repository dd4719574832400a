"""How assets/materials/corners.onnx is made: draw desks, train, export, measure. Not part of the running kiosk."""
