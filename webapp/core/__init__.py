"""The cellar: knows neither photos nor HTTP. One outside thing a file, each with its fallback."""
