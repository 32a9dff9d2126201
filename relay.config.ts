import { defineRelay } from '#relay'

// What cxi-relay does with your files. Each source is a folder: drop a CSV into inbox/<source>/ and forget it.
export default defineRelay({
  accounts: {
    // The credentials lie under this name: in secrets.json of the data folder, or in the environment as
    // CXI_RELAY_SECRET_CXI_RELAY_MAIN. While there are none, `npm start` uses its own sandbox of CXI.
    main: { secret: 'cxi-relay/main' },
  },
  sources: {
    // A survey tool's export, as in examples/nps-october.csv.
    nps: {
      import: {
        source: 'Website survey',
        metric_type: 'nps',
        language: 'en',
        tag_names: ['WEBSITE'], // created in CXI where it lacks them
        projects: ['Customer voice'],
      },
      // Which column is which: a header as it stands in the file, or a pattern that finds it.
      columns: {
        feedback_date: 'Submitted At',
        score: /how likely/i,
        feedback: /main reason/i,
        user_id: 'Email',
        response_id: 'Response ID',
      },
      // dates: { zone: 'Europe/Berlin', order: 'day-first' },   // for dates that don't say it themselves
      // privacy: { Country: 'drop', Email: 'hash' },            // also 'mask'
      // rows: 'all-or-nothing',                                 // instead of setting bad rows aside
    },
    // A survey tool's webhook: its address and where to paste it are printed by `npm run relay -- doctor`.
    // 'typeform-nps': {
    //   import: { source: 'Typeform', metric_type: 'nps' },
    //   webhook: { provider: 'typeform', secret: 'cxi-relay/typeform' },
    // },
    // Files that have CXI's own column names already: feedback_date, score, feedback, user_id.
    plain: {},
  },
  // Exports of CXI, asked for on schedule; see docs/exports.md.
  // exports: [{ type: 'responses', schedule: '0 6 * * *', timezone: 'Europe/Berlin' }],
})
