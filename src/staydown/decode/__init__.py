"""Room: bytes -> pixels. Pillow, libheif and PyAV are imported here and nowhere else."""
