// Each test has an instance of its fixture.
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
