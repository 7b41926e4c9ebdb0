variable "region" {
  description = "All workloads run in Frankfurt."
  type        = string
  default     = "eu-central-1"
}

variable "environment" {
  description = "Stage of this root."
  type        = string
}

variable "vpc_cidr" {
  description = "Address range of the VPC."
  type        = string
  default     = "10.40.0.0/16"
}
