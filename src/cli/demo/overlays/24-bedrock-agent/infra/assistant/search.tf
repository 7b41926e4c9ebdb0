# The help pages live in the company's search service on Azure.
resource "azurerm_search_service" "help" {
  name                = "harbor-help-search"
  resource_group_name = "rg-harbor-web"
  location            = "germanywestcentral"
  sku                 = "basic"

  local_authentication_enabled = false
  allowed_ips                  = ["198.51.100.24", "198.51.100.25"]

  tags = {
    ai-system           = "support-assistant"
    owner               = "mara@harbor.example"
    data-classification = "public"
    risk-class          = "limited"
    environment         = "production"
  }
}
