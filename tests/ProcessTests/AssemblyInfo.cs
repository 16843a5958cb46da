// They are about moments, and have the machine for themselves.
[assembly: NonParallelizable]
