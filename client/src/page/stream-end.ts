/** What the page shows when a stream ends. It is loaded after the page, so that the page itself loads faster. */
export { describeEnd } from './end-messages';
export { describeFailedStop } from './error-messages';
export { showProblem } from './problem-notice';
