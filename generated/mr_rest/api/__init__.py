# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
"""Contains methods for accessing the API"""
