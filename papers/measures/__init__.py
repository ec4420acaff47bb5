"""Measurements that several tables and figures share."""
