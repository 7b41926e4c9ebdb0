resource "google_compute_firewall" "ssh" {
  name          = "ssh"
  network       = "default" #= network.tf: firewall ssh uses the default network
  source_ranges = ["0.0.0.0/0"]
}

provider "google" {
  project = "acme-sandbox" #= project acme-sandbox is not a project of ours
  region  = "us-central1"
}
