/** What a process costs before it does anything: its figure is the floor of all others. */
export const handler = async () => ({ statusCode: 202, body: '{"status":"accepted"}' })
