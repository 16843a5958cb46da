using System.Collections.Frozen;

namespace SseStreaming.Infrastructure.Generators.Models;

/// <summary>The words in which model servers say that a completion ended, without case and separators.</summary>
internal static class FinishWords
{
    /// <summary>Servers write these in frames before the last one.</summary>
    public static readonly FrozenSet<string> Unfinished = Set(
        "", "null", "none", "nil", "undefined", "unspecified", "finishreasonunspecified", "false", "nan", "notfinished", "unfinished", "inprogress", "running",
        "generating", "streaming", "pending", "continue");

    public static readonly FrozenSet<string> Whole = Set(
        "stop", "eos", "eostoken", "eosfound", "eot", "eottoken", "eog", "eogtoken", "eom", "eof", "endturn", "endofturn", "endoftext", "endofsequence", "endofsentence",
        "endofmessage", "endofstream", "endtoken", "imend", "stopsequence", "stopsequences", "stopseq", "stopword", "stopwords", "stopstring", "stopstr", "stoptoken",
        "stoptokens", "stoptokenid", "stoptrigger", "stopcriteria", "stopcriteriamet", "stopeos", "stoppedeos", "stoppedword", "stopmatched", "complete", "completed",
        "completion", "finish", "finished", "done", "end", "ended", "success", "succeeded", "successful", "ok", "normal", "natural", "naturalstop", "finishreasonstop", "stopreasonstop");

    public static readonly FrozenSet<string> ToolCalls = Set("toolcall", "toolcalls", "tooluse", "tool", "tools");

    public static readonly FrozenSet<string> FunctionCalls = Set("functioncall", "functioncalls", "function");

    /// <summary>Cohere's word for the context limit, and words for a limit that name no unit.</summary>
    private static readonly FrozenSet<string> LengthWords = Set("len", "errorlimit", "limit", "limitreached", "stoppedlimit", "stoplimit", "max", "maxreached", "budgetexhausted", "numpredict");

    private static readonly FrozenSet<string> ContentFilterWords = Set("filter", "filtered", "blocked", "refusal", "refused", "language", "pii", "spii", "security");

    private static readonly string[] Units =
        ["token", "length", "context", "output", "window", "seqlen", "modellen", "character", "chars", "words", "generationlimit", "maxgen"];

    private static readonly string[] Limits = ["max", "limit", "exceed", "full", "exhaust", "reach", "outof", "budget", "cap", "generationlimit"];

    private static readonly string[] ContentFilterParts =
    [
        "contentfilter", "filtered", "safety", "unsafe", "recitation", "copyright", "blocklist", "blocked", "prohibited", "sensitive", "moderat", "guardrail", "guarded",
        "toxic", "censor", "violat", "policy", "riskcontrol", "harmful", "profan", "forbidden", "refus", "outputfilter", "inputfilter", "spii",
    ];

    private static readonly string[] FailureParts =
    [
        "error", "abort", "cancel", "timeout", "timedout", "deadline", "fail", "exception", "network", "connection", "disconnect", "interrupt", "unavailable", "overload", "resource",
        "ratelimit", "quota", "outofmemory", "oom", "crash", "kill", "terminated", "preempt", "evict", "shutdown", "throttl", "capacity", "reject", "dead", "internal", "busy",
    ];

    public static bool IsLength(string key) =>
        LengthWords.Contains(key) || key.StartsWith("length", StringComparison.Ordinal) || key.EndsWith("length", StringComparison.Ordinal)
        || ContainsAny(key, ["truncat", "toolong"]) || (ContainsAny(key, Units) && ContainsAny(key, Limits));

    public static bool IsContentFilter(string key) => ContentFilterWords.Contains(key) || ContainsAny(key, ContentFilterParts);

    public static bool IsFailure(string key) => ContainsAny(key, FailureParts);

    private static bool ContainsAny(string key, string[] parts) => parts.Any(part => key.Contains(part, StringComparison.Ordinal));

    private static FrozenSet<string> Set(params string[] words) => words.ToFrozenSet(StringComparer.Ordinal);
}
