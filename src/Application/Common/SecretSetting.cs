namespace SseStreaming.Application.Common;

/// <summary>A secret that is configured either as a value or as the path of a file that holds nothing else.</summary>
/// <param name="name">Name of the setting with the value. The setting with the path has the same name with <c>File</c> added.</param>
/// <param name="value">The value; null or empty if it isn't set.</param>
/// <param name="file">The path; null or empty if it isn't set.</param>
internal sealed class SecretSetting(string name, string? value, string? file)
{
    private readonly string _fileSetting = $"{name}File";

    public bool IsSet => HasValue || HasFile;

    /// <summary>Name of the setting that the secret comes from.</summary>
    public string Source => HasValue ? name : _fileSetting;

    private bool HasValue => !string.IsNullOrWhiteSpace(value);

    private bool HasFile => !string.IsNullOrWhiteSpace(file);

    /// <summary>The secret without surrounding white space; null if it isn't set.</summary>
    /// <exception cref="IOException">The file can't be read. <see cref="FindError"/> has reported that at the start.</exception>
    public string? Read() => HasValue ? value!.Trim() : HasFile ? File.ReadAllText(file!).Trim() : null;

    /// <summary>
    /// The setting in error, and the rest of a sentence that begins with it; null without an error. It never repeats the secret.
    /// </summary>
    public (string Setting, string Error)? FindError()
    {
        if (HasValue && HasFile)
            return (_fileSetting, $"is set together with {name}: set only one of them");
        try
        {
            return Read() is "" ? (_fileSetting, "names an empty file") : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (_fileSetting, "names a file that can't be read");
        }
    }
}
