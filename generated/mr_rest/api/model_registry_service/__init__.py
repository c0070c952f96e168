# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
"""Contains endpoint functions for accessing the API"""
