resource "google_container_cluster" "ml" { #= GKE cluster ml allows basic authentication or does not say
  name                     = "ml"
  enable_legacy_abac       = true #= legacy ABAC is on in ml
  remove_default_node_pool = true
  monitoring_service       = "none" #= GKE cluster ml has monitoring disabled

  private_cluster_config { #~ Nodes of ml have public addresses
    enable_private_nodes = false #= Nodes of ml have public addresses
  }

  master_authorized_networks_config {
    cidr_blocks { #~ control plane of ml can be reached from 0.0.0.0/0
      cidr_block = "0.0.0.0/0" #= control plane of ml can be reached from 0.0.0.0/0
    }
  }
}

resource "google_compute_instance" "train" {
  name           = "train"
  machine_type   = "n1-standard-1"
  zone           = "europe-west4-a"
  can_ip_forward = true #= instance train forwards packets

  network_interface {
    subnetwork = "default"
    access_config { #= instance train has an external IP address
    }
  }

  metadata = {
    block-project-ssh-keys = false
    enable-oslogin         = false #= OS Login is not enabled on train
    serial-port-enable     = true  #= train has its serial port enabled
  }
}

resource "google_sql_database_instance" "db" {
  name             = "db"
  database_version = "MYSQL_8_0"

  settings {
    tier = "db-f1-micro"
    ip_configuration { #~ Cloud SQL db does not require SSL
      ipv4_enabled = true
      require_ssl  = false #= Cloud SQL db does not require SSL
      authorized_networks { #~ Cloud SQL db: network "world" is 0.0.0.0/0
        name  = "world"
        value = "0.0.0.0/0" #= Cloud SQL db: network "world" is 0.0.0.0/0
      }
    }
    backup_configuration { #~ no automatic backups for db
      enabled = false #= no automatic backups for db
    }
  }
}

resource "google_bigquery_dataset" "events" {
  dataset_id = "events"
  access { #~ dataset events is shared with allAuthenticatedUsers
    special_group = "allAuthenticatedUsers" #= dataset events is shared with allAuthenticatedUsers
    role          = "READER"
  }
}

resource "google_vertex_ai_endpoint" "credit" { #= endpoint credit has no encryption spec
  name         = "credit"
  display_name = "credit"
  location     = "us-central1" #= Vertex AI endpoint credit is in us-central1, not in the EU
}
