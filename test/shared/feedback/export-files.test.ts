import { describe, expect, it } from 'vitest'
import { cutText } from './cut-text.ts'
import { at, exported } from './export-files.ts'

describe('a file as the tool exports it', () => {
  it('Qualtrics in German: three header rows, its zone, its previews and unfinished responses', async () => {
    const columns = {
      score: 'Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?',
      feedback: 'Was ist der Hauptgrund für Ihre Bewertung? Bitte in ein, zwei Sätzen.',
    }

    const result = await cutText(await exported('qualtrics-german'), { columns })

    expect(result).toMatchObject({ dialect: 'qualtrics', counts: { read: 5, set_aside: 0, skipped: 2 } })
    expect(result.parts).toMatchObject([{ rows: 3, firstRow: 4, lastRow: 8 }])
    expect(result.header).toEqual(
      `StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,feedback_date,ResponseId,RecipientLastName,RecipientFirstName,user_id,ExternalReference,LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage,Q1_NPS_GROUP,score,feedback,Q2 - Topics`.split(
        ',',
      ),
    )
    expect(result.rows.map((row) => [row[7], row[8], row[18], row[19]])).toEqual([
      [at('2026-07-01T09:02:31+02:00'), 'R_1aB3dEfGhIjKlM', '9', 'Schnell, freundlich\nund "unkompliziert"'],
      [at('2026-07-04T09:02:31+02:00'), 'R_4aB3dEfGhIjKlM', '0', 'Größe stimmt nicht €'],
      [at('2026-07-05T09:02:31+02:00'), 'R_5aB3dEfGhIjKlM', '', 'ohne Note'],
    ])
    expect(result.mapping).toMatchObject({ user_id: 'RecipientEmail', response_id: 'ResponseId', score: 'Q1' })
  })

  it('Qualtrics legacy: a byte order mark, two header rows, a delimiter behind each row', async () => {
    const columns = { score: 'How likely are you to recommend us?', feedback: 'Q2' }

    const result = await cutText(await exported('qualtrics-legacy'), { columns, dates: { zone: 'America/Denver' } })

    expect(result).toMatchObject({ dialect: 'qualtrics', counts: { read: 4, set_aside: 0, skipped: 2 } })
    expect(result.header).toEqual(
      `ResponseID,ResponseSet,Name,ExternalDataReference,user_id,IPAddress,Status,StartDate,feedback_date,Finished,score,feedback,LocationLatitude,LocationLongitude,LocationAccuracy`.split(
        ',',
      ),
    )
    expect(result.rows.map((row) => [row[0], row[8], row[10], row[11]])).toEqual([
      ['R_0aAaAaAaAaAaAaA', at('2015-03-02T17:06:21-07:00'), '9', 'Quick, and friendly'],
      ['R_0dDdDdDdDdDdDdD', at('2015-03-03T09:01:00-07:00'), '6', 'It\'s "fine"'],
    ])
  })

  it('SurveyMonkey: two header rows, choices under a question, line breaks and quotes in it', async () => {
    const columns = { score: /^How likely/, feedback: 'What could we do better, in your "own" words?' }

    const result = await cutText(await exported('surveymonkey'), { columns, dates: { zone: 'America/Los_Angeles' } })

    expect(result).toMatchObject({ dialect: 'surveymonkey', counts: { read: 3, set_aside: 0, skipped: 0 } })
    expect(result.header.slice(9)).toEqual([
      'score',
      'Which channels do you use? (Select all that apply, please.) - Phone',
      'Which channels do you use? (Select all that apply, please.) - E-mail',
      'Which channels do you use? (Select all that apply, please.) - Other (please specify)',
      'feedback',
      'Contact information - Name',
      'Contact information - Company',
    ])
    expect(result.rows.map((row) => [row[0], row[3], row[5], row[9]])).toEqual([
      ['114000000001', at('2026-10-02T13:05:06-07:00'), 'ann@example.com', '10'],
      ['114000000002', at('2026-10-03T00:01:00-07:00'), '', '0'],
      ['114000000003', at('2026-10-04T09:01:00-07:00'), '', ''],
    ])
    expect(result.mapping).toMatchObject({
      feedback_date: 'End Date',
      user_id: 'Email Address',
      response_id: 'Respondent ID',
    })
  })

  it('Typeform: four columns called Other, two called None, without its apostrophes', async () => {
    const columns = { score: /^How likely/, feedback: 'What can we do better?' }

    const result = await cutText(await exported('typeform'), { columns })

    expect(result).toMatchObject({ dialect: 'typeform', counts: { read: 4, set_aside: 0, skipped: 2 } })
    expect(result.header).toEqual([
      '#',
      'score',
      'What do you use?',
      'Website',
      'Other',
      'Who told you, {{field:b7c1}}?',
      'None',
      'Other_2',
      'Are our benefits as part of the plan clear?',
      'Other_3',
      'Which, then?',
      'None_2',
      'Other_4',
      'Phone',
      'feedback',
      'Response Type',
      'Start Date (UTC)',
      'Stage Date (UTC)',
      'feedback_date',
      'Network ID',
      'Tags_2',
      'Ending',
    ])
    expect(result.rows.map((row) => [row[0], row[4], row[7], row[9], row[12], row[13], row[14], row[18]])).toEqual([
      ['k3j9x0a1', '', '', '', '', '+91 99999 11111', '=faster, please', at('2026-01-23T06:27:59Z')],
      [
        'k3j9x0a2',
        'smoke signals',
        '@CSS-Tricks',
        'pricing',
        'fees',
        '+56954886178',
        "'tis fine",
        at('2026-01-24T06:27:59Z'),
      ],
    ])
  })

  it('Typeform of 2016: the same without a Response Type', async () => {
    const columns = { score: 'How likely are you to recommend us?', feedback: 'Why?' }

    const result = await cutText(await exported('typeform-2016'), { columns })

    expect(result).toMatchObject({ dialect: 'typeform', counts: { read: 2, set_aside: 0, skipped: 0 } })
    expect(result.header).toEqual(
      '#,Are you already working?,Full-time,Part-time,Other,None,score,Forum,@handles,Other_2,None_2,Other_3,feedback,Other_4,Start Date (UTC),feedback_date,Network ID'.split(
        ',',
      ),
    )
    expect(result.rows.map((row) => [row[4], row[8], row[9], row[11], row[13], row[15]])).toEqual([
      ['', '@CSS-Tricks', '', '', '', at('2016-03-28T21:05:01Z')],
      ['looking', '', 'Reddit', 'meet-ups', 'books', at('2016-03-28T21:35:01Z')],
    ])
  })

  const zone = 'Europe/Berlin'

  it('Tally: several choices in one cell, dates without a zone', async () => {
    const result = await cutText(await exported('tally'), { columns: { score: /^How likely/ }, dates: { zone } })

    expect(result).toMatchObject({ dialect: 'tally', problems: [] })
    expect(result.rows).toEqual([
      [
        'PgYbzQ',
        'l0WyWk',
        at('2026-08-11T21:25:40Z'),
        'Ann Example',
        'ann@example.com',
        'Price, Speed & care, Support',
        '9',
      ],
      ['PgYbzR', 'l0WyWl', at('2026-08-11T22:05:00Z'), 'Bob Example', 'bob@example.com', 'Support', '7'],
    ])
  })

  it('Intercom: the zone of its headers, in summer and in winter', async () => {
    const result = await cutText(await exported('intercom'), { dates: { zone } })

    expect(result).toMatchObject({ dialect: 'intercom', problems: [] })
    expect(result.header.slice(0, 4)).toEqual(['Conversation ID', 'feedback_date', 'feedback', 'score'])
    expect(result.rows.map((row) => row.slice(0, 4))).toEqual([
      ['215470000000001', at('2026-07-01T16:00:00Z'), 'Solved, at once', '5'],
      ['215470000000002', at('2026-12-01T17:00:00Z'), '', '2'],
    ])
  })

  it('Google Forms: quoted everywhere, day and month in the order that is configured', async () => {
    const columns = { score: /^How likely/, feedback: 'Why?' }

    const result = await cutText(await exported('google-forms'), { columns, dates: { order: 'month-first', zone } })

    expect(result).toMatchObject({ dialect: 'google-forms', problems: [] })
    expect(result.header).toEqual(['feedback_date', 'user_id', 'score', 'feedback'])
    expect(result.rows).toEqual([
      [at('2026-03-18T17:42:00Z'), 'ann@example.com', '9', 'quick'],
      [at('2026-03-04T08:05:00Z'), 'bob@example.com', '4', 'slow, "very"'],
    ])
  })

  it('Jotform: a byte order mark and quotes inside a header', async () => {
    const result = await cutText(await exported('jotform'), { columns: { feedback: 'Any comments?' }, dates: { zone } })

    expect(result).toMatchObject({ dialect: 'jotform', problems: [], mapping: { user_id: '"E-mail"', score: 'Score' } })
    expect(result.rows.map((row) => [row[0], row[3], row[4], row[5], row[7]])).toEqual([
      [at('2026-05-04T08:00:00Z'), 'ann@example.com', '9', 'fine', '5500000000000000001'],
      [at('2026-05-04T09:00:00Z'), 'bob@example.com', '', 'a "so-so"\r\nexperience', '5500000000000000002'],
    ])
  })

  it('Excel in German: sep=, semicolons, CRLF, dates with dots, commas in numbers', async () => {
    const columns = { feedback_date: 'Eingegangen am', score: /^Note/, feedback: 'Kommentar', user_id: 'Kundennummer' }

    const result = await cutText(await exported('excel-semicolons'), { columns, dates: { zone } })

    expect(result).toMatchObject({ dialect: 'plain', problems: [], parts: [{ firstRow: 2, lastRow: 4 }] })
    expect(result.header).toEqual(['feedback_date', 'user_id', 'score', 'feedback', 'Umsatz'])
    expect(result.rows).toEqual([
      [at('2026-10-01T07:05:00Z'), 'K-1', '9', 'Schnell; freundlich, gut', '1.234,50'],
      [at('2026-10-13T15:30:00Z'), 'K-2', '10', 'Größe "M" fällt klein aus', '0,99'],
      [at('2026-10-13T22:00:00Z'), 'K-3', '', '', ''],
    ])
  })
})
