"""The parts every screen is built of: labels, buttons, rows, the camera picture, the keyboard."""
