"""One module a page; each draws what is known now and changes nothing."""
