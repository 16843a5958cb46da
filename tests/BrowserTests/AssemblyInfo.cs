// The tests share one browser, and parallel tests would distort their time measurements.
[assembly: NonParallelizable]
