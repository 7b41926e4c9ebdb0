d = "not loaded"
