"""The provincial gateway: enrols devices, takes packages, answers with signed receipts, hands out what changed."""
