const noAccount = (): never => {
  throw new Error('Only send-part speaks to CXI.')
}

/** For functions that ask nothing of CXI, and have neither its credentials nor a client. */
export const WITHOUT_CXI = { api: noAccount, imports: noAccount }
