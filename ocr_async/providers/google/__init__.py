"""Google Cloud's services: `vertex` (Mistral's models on Vertex AI), `document_ai`; `tokens` is how they are asked."""
