# Nothing but the defaults.
