"""What a kiosk is, without Kivy and without hardware."""
