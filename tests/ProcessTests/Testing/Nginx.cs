using System.Globalization;

namespace SseStreaming.ProcessTests.Testing;

/// <summary>Debian's nginx with the configuration of <c>deploy/nginx</c>, except for addresses and paths.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";

    private readonly TestProcess _process;

    private Nginx(TestProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>If nginx is not installed, the test is ignored with a reason; in CI (<c>CI=true</c>) it fails.</summary>
    public static void Require() => TestRequirements.Require(File.Exists(Program), $"nginx is not installed: there is no {Program}.");

    public static async Task<Nginx> StartAsync(string folder, ServerNode first, ServerNode second)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Ports.Free()}");
        var file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, Configure(folder, address, first, second));
        var process = new TestProcess(Program, ["-p", folder, "-c", file, "-e", Path.Combine(folder, "nginx-errors.log")],
            new Dictionary<string, string>(), Path.Combine(folder, "nginx.log"));
        var nginx = new Nginx(process, new Uri($"http://{address}"));
        using var http = new HttpClient();
        await Eventually.Happens(async () =>
        {
            Assert.That(process.HasExited, Is.False, "nginx ended during its start; see its log.");
            try
            {
                return (await http.GetAsync(new Uri(nginx.Address, "/health/live"))).IsSuccessStatusCode;
            }
            catch (Exception exception) when (ConnectionErrors.IsConnectionError(exception))
            {
                return false;
            }
        }, "nginx answered");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        // After SIGKILL its workers would continue to run.
        if (!_process.HasExited)
            await _process.TerminateAsync();
        await _process.DisposeAsync();
    }

    private static string Configure(string folder, string address, ServerNode first, ServerNode second)
    {
        var deployed = Path.Combine(Repository.Root, "deploy", "nginx");
        var text = File.ReadAllText(Path.Combine(deployed, "nginx.conf"));
        Replace("worker_processes auto;", $"""
            worker_processes 1;
            daemon off;
            pid {folder}/nginx.pid;
            {(Environment.IsPrivilegedProcess ? $"user {Environment.UserName};" : "")}
            """);
        Replace("worker_rlimit_nofile 65536;", "");
        Replace("worker_connections 32768;", "worker_connections 1024;");
        Replace("http {", $$"""
            http {
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
            """);
        Replace("node1:5081", first.Authority);
        Replace("node2:5081", second.Authority);
        Replace("listen 8080;", $"""
            listen {address};
                    add_header {Viewer.NodeHeader} $upstream_addr always;
            """);
        Replace("        include /etc/nginx/sse.conf;\n    }\n\n    # HTTP/2", $"        include {deployed}/sse.conf;\n    }}\n\n    # HTTP/2");
        return text;

        void Replace(string from, string to)
        {
            Assert.That(text, Does.Contain(from), "deploy/nginx/nginx.conf has changed: it does not contain this text, which the tests replace.");
            text = text.Replace(from, to, StringComparison.Ordinal);
        }
    }
}
