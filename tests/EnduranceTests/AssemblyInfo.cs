// They load the machine, and measure what the server takes of it.
[assembly: NonParallelizable]
