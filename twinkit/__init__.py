"""twinkit"""
