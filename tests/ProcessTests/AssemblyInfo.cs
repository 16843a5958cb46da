// These tests depend on timing, and must not share the machine with other tests.
[assembly: NonParallelizable]
