resource "google_storage_bucket" "data" { #= storage.tf: bucket data has no lifecycle rule
  name     = "data"
  location = "US" #= bucket data is stored outside the EU: US
}

resource "google_storage_bucket" "unused" { #= bucket unused has no IAM binding
  name     = "unused"
  location = "EU"
  lifecycle_rule {
    action {
      type = "Delete"
    }
  }
}

resource "google_storage_bucket_iam_member" "data" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectViewer"
  member = "allUsers" #= data is readable for allUsers
}
