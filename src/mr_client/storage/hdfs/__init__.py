"""HDFS, by its web servers."""
