// Lets httpyac read Api.http, which is written for clients with fewer features:
//  - an assertion is a comment: "# ?? status == 200";
//  - the response of a request named x is x.response.body.$.…, as in Visual Studio and the REST Client of VS Code;
//  - the environment variable BASE replaces the file's @base.

const commented = /^\s*#\s*(?=\?\?)/;

module.exports = {
  configureHooks({ hooks, utils }) {
    /** Parses a line as if it had another text. */
    const parseAs = (id, line, textLine, context) =>
      hooks.parse.items.find((hook) => hook.id === id).action(function* () { yield { ...line, textLine }; }, context);

    hooks.parse.addHook('commentedAssertion', async (lines, context) => {
      const { value: line } = lines().next();
      if (!line || !commented.test(line.textLine)) return false;
      const assertion = line.textLine.replace(commented, '');
      const result = await parseAs('assert', line, assertion, context);
      if (!result) throw new Error(`Line ${line.line + 1} is not an assertion of httpyac: ${assertion}`);
      return result;
    }, { before: ['meta', 'comment'] });

    hooks.parse.addHook('baseFromEnvironment', (lines, context) => {
      const { value: line } = lines().next();
      return process.env.BASE && /^@base\s*=/.test(line?.textLine) && parseAs('variable', line, `@base = ${process.env.BASE}`, context);
    }, { before: ['variable'] });

    hooks.onResponse.removeHook('handleMetaDataName');
    hooks.onResponse.addHook('responseOfName', (response, context) => {
      const { name } = context.httpRegion.metaData;
      const responseVariable = { response: { headers: response.headers, body: { $: response.parsedBody ?? response.body } } };
      if (name) utils.setVariableInContext({ [name]: responseVariable }, context);
    });
  },
};
