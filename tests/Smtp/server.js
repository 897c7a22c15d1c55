// An SMTP server for the tests: prints a line of JSON for each mail that it takes.
// node server.js '{"tls": "none" | "starttls" | "tls", "key", "cert", "user", "password", "refuse": how many mails to refuse first, "code"}'
const { SMTPServer } = require('smtp-server');
const options = JSON.parse(process.argv[2]);
let refusals = options.refuse || 0;
const server = new SMTPServer({
  secure: options.tls === 'tls',
  key: options.key,
  cert: options.cert,
  hideSTARTTLS: options.tls !== 'starttls',
  authOptional: !options.user,
  disabledCommands: options.user ? [] : ['AUTH'],
  onAuth(auth, session, done) {
    const fits = auth.username === options.user && auth.password === options.password;
    done(fits ? null : new Error('wrong password'), fits ? { user: auth.username } : undefined);
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', chunk => chunks.push(chunk));
    stream.on('end', () => {
      if (refusals > 0) {
        refusals--;
        const error = new Error('not now');
        error.responseCode = options.code || 451;
        return done(error);
      }
      const to = session.envelope.rcptTo.map(one => one.address);
      console.log(JSON.stringify({ secure: session.secure, user: session.user || null, to, raw: Buffer.concat(chunks).toString('utf8') }));
      done();
    });
  },
});
server.on('error', () => {});
server.listen(options.port || 0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.server.address().port })));
