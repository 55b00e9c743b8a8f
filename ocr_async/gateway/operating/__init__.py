"""
What whoever runs a gateway sees and needs: the log, the metrics, memory given back.

May be imported by every room of the gateway, and imports none of them.
"""
