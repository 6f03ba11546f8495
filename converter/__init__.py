"""TFLite file -> trainable Keras network -> TF.js graph model. Changes form, never numbers."""
