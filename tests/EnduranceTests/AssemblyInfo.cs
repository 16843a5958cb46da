// The tests load the machine and measure the resource usage of the server.
[assembly: NonParallelizable]
