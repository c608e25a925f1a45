/** The sample agents that tests name. */

/** Explorer Lisa. */
export const LISA = 'agent_1f0c6a9d84e2b7350d91c4f8a2';
/** Empathetic Bob. */
export const BOB = 'agent_2b7d51e8c03f96a4728e1db5c7';
/** Billing support, which is not an interviewer's name. */
export const BILLING = 'agent_b4e19f7c5602da8371e8c03d96';
