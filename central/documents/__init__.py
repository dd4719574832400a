"""Documents (文书): numbered, sealed, as HTML and signed PDF."""
