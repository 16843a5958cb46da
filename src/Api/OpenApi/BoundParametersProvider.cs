using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using SseStreaming.AspNetCore.Binding;

namespace SseStreaming.Api.OpenApi;

/// <summary>
/// Corrects the parameters that this API's binders read: a stream id is text in the path, and a flag is in the query. The others are no parameters of a request;
/// <see cref="RequestDescription"/> describes what is.
/// </summary>
internal sealed class BoundParametersProvider : IApiDescriptionProvider
{
    private static readonly Type[] Described =
    [
        typeof(StreamFilterBinder), typeof(StartRequestBinder), typeof(GrantRequestBinder), typeof(LastEventIdBinder), typeof(AppendBinder), typeof(EndBinder),
    ];

    /// <summary>After the framework's provider (-1000), which is executed in the reverse order.</summary>
    public int Order => -900;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var parameters in context.Results.Select(result => result.ParameterDescriptions))
        {
            foreach (var parameter in parameters.ToList())
            {
                var binder = parameter.ParameterDescriptor?.BindingInfo?.BinderType;
                if (binder == typeof(StreamIdBinder))
                    (parameter.Source, parameter.Type, parameter.IsRequired) = (BindingSource.Path, typeof(string), true);
                else if (binder == typeof(FlagBinder))
                    (parameter.Source, parameter.IsRequired) = (BindingSource.Query, false);
                else if (binder is not null && Described.Contains(binder))
                    parameters.Remove(parameter);
            }
        }
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
    }
}
