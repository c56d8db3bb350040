import type { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';

/** Lets the workflow answer in this way until the end of the block: `using`. */
export function answering(workflow: StandInWorkflow, answer: StandInWorkflow['answer']): Disposable {
  const before = workflow.answer;
  workflow.answer = answer;
  return {
    [Symbol.dispose]: () => {
      workflow.answer = before;
    },
  };
}

/** Lets the workflow think, until it is released, before it answers as ever. */
export function thinking(workflow: StandInWorkflow): Disposable & { release(): void } {
  const { answer } = workflow;
  const { promise, resolve: release } = Promise.withResolvers<void>();
  return { release, ...answering(workflow, (payload) => promise.then(() => answer(payload))) };
}
