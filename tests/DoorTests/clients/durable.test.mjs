// The conformance suite of the protocol, against the server in the environment; started by conformance.mjs.
import { runConformanceTests } from '@durable-streams/server-conformance-tests';

runConformanceTests({ baseUrl: process.env.CONFORMANCE_TEST_URL });
