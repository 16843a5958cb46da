// One browser, on a machine whose time they measure.
[assembly: NonParallelizable]
