"""Parts that families share: layers, blocks, training, pretrained networks."""
