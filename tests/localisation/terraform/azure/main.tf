resource "azurerm_managed_disk" "data" {
  name                 = "data"
  storage_account_type = "Standard_LRS"
  create_option        = "Empty"
  disk_size_gb         = 1

  encryption_settings { #~ Azure disk `data` is not encrypted
    enabled = false #= Azure disk `data` is not encrypted
  }
}

resource "azurerm_storage_account" "logs" {
  name                     = "acmelogs"
  account_tier             = "Standard"
  account_replication_type = "LRS"
  min_tls_version          = "TLS1_0" #= storage account logs accepts TLS versions below 1.2

  queue_properties {
    logging {
      delete                = false #= Deletions in queues of logs are not logged
      read                  = true
      write                 = true
      version               = "1.0"
      retention_policy_days = 10
    }
  }
}

resource "azurerm_network_security_group" "bad" {
  name                = "bad"
  location            = "westeurope"
  resource_group_name = "rg"

  security_rule {
    name                       = "AllowSSH"
    priority                   = 200
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "22"
    source_address_prefix      = "*" #= rule AllowSSH of bad lets any source in on port 22
    destination_address_prefix = "*"
  }
}

resource "azurerm_kubernetes_cluster" "aks" { #= AKS cluster aks has no API server authorized IP ranges
  name                              = "aks"
  role_based_access_control_enabled = false #= aks runs without RBAC

  default_node_pool {
    name       = "default"
    vm_size    = "Standard_D2_v2"
    node_count = 2
  }
}

resource "azurerm_key_vault" "keys" {
  name                     = "keys"
  purge_protection_enabled = false #= key vault keys can be purged
  soft_delete_retention_days = 7

  network_acls { #~ Vault keys admits every network by default
    bypass         = "AzureServices"
    default_action = "Allow" #= Vault keys admits every network by default
  }
}

resource "azurerm_mssql_server" "db" {
  name                          = "db"
  version                       = "12.0"
  administrator_login_password  = "Aa12345678" #= administrator password of SQL server db stands in the code
  public_network_access_enabled = true         #= SQL server db has public network access
}

resource "azurerm_machine_learning_workspace" "lab" {
  name                          = "lab"
  public_network_access_enabled = true #= workspace lab can be reached from public networks
  identity {
    type = "SystemAssigned"
  }
}
