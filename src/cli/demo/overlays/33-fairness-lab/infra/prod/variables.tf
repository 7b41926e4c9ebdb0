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

variable "serving_instance_type" {
  description = "Instances behind the credit endpoint."
  type        = string
  default     = "ml.m5.large"
}

variable "lab_internet_access" {
  description = "Enabled or Disabled; set by whoever runs the plan."
  type        = string
}
