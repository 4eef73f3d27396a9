"""What the shops answer: pages drawn from the catalogue, and the truth about each."""
