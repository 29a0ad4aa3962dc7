"""Plants errors at known places in a commune's records; shares no code with the rules that must find them."""
