"""What tools print: each as its own tables and words, with the numbers of the pretended world. Pure."""
