// Lets httpyac read Api.http, which is written for clients that know less:
//  - an assertion stands in a comment: "# ?? status == 200";
//  - the answer to a request named x is x.response.body.$.…, as Visual Studio and VS Code's REST Client call it;
//  - the environment variable BASE stands in for the file's @base.

const commented = /^\s*#\s*(?=\?\?)/;

module.exports = {
  configureHooks({ hooks, utils }) {
    /** Parses a line as if another text stood there. */
    const parseAs = (id, line, textLine, context) =>
      hooks.parse.items.find((hook) => hook.id === id).action(function* () { yield { ...line, textLine }; }, context);

    hooks.parse.addHook('commentedAssertion', async (lines, context) => {
      const { value: line } = lines().next();
      if (!line || !commented.test(line.textLine)) return false;
      const assertion = line.textLine.replace(commented, '');
      const result = await parseAs('assert', line, assertion, context);
      if (!result) throw new Error(`Line ${line.line + 1} is no assertion of httpyac: ${assertion}`);
      return result;
    }, { before: ['meta', 'comment'] });

    hooks.parse.addHook('baseOfEnvironment', (lines, context) => {
      const { value: line } = lines().next();
      return process.env.BASE && /^@base\s*=/.test(line?.textLine) && parseAs('variable', line, `@base = ${process.env.BASE}`, context);
    }, { before: ['variable'] });

    hooks.onResponse.removeHook('handleMetaDataName');
    hooks.onResponse.addHook('answerOfName', (response, context) => {
      const { name } = context.httpRegion.metaData;
      const answer = { response: { headers: response.headers, body: { $: response.parsedBody ?? response.body } } };
      if (name) utils.setVariableInContext({ [name]: answer }, context);
    });
  },
};
