"""Where sealed parts are kept."""
