/**
 * The environment of the domain's tests under Stryker: skips the tests after the first failure, which kills the mutant.
 */
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

export default class StopAtFirstFailure extends TestEnvironment {
  #failed = false;

  handleTestEvent(event: Circus.Event): void {
    if (event.name === 'test_start' && this.#failed) event.test.mode = 'skip';
    if (event.name === 'test_done') this.#failed ||= event.test.errors.length > 0;
  }
}
